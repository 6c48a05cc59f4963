small_config | sed 's/"d_model": 16/"d_model": "wide"/' >config.json
refused tinyscale train config.json --out run
small_config | sed 's/"lanes": 1/"lanes": 1.5/' >config.json
refused tinyscale train config.json --out run
small_config '"data": 3' | sed 's/"data": {[^}]*},//' >config.json
refused tinyscale train config.json --out run
small_sweep | sed 's/\[1\]/"one"/' >sweep.json
refused tinyscale sweep run sweep.json
echo '{ "name": "x", ' >sweep.json
refused tinyscale sweep run sweep.json
echo '[1, 2]' >config.json
refused tinyscale train config.json --out run
