can_be_nobody
small_config >config.json
small_sweep >sweep.json
quiet tinyscale sweep run sweep.json
mkdir locked
chmod -R a+rX .
chmod 555 locked
refused as_nobody tinyscale data make --tokens 60k --out locked/corpus.tok
refused as_nobody tinyscale train config.json --out locked/run
refused as_nobody tinyscale sweep run sweep.json --out locked/sweep
[ "$(id -u)" -eq 0 ] || chmod -R a-w small
refused as_nobody tinyscale sweep run small
refused as_nobody tinyscale report small
[ "$(id -u)" -eq 0 ] || chmod -R u+w small
chmod 000 config.json
refused as_nobody tinyscale train config.json --out run
chmod 755 locked
chmod 644 config.json
