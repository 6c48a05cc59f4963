# Results that cannot be written are a failure.
[ -e /dev/full ] || skip "no /dev/full here"
tinyscale help >/dev/null
small_config >config.json
quiet tinyscale train config.json --out run
tinyscale eval run >/dev/full
