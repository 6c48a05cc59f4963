small_config | sed 's/"d_model": 16/"d_model": -16/' >config.json
refused tinyscale train config.json --out run
small_config | sed 's/"tokens": "4k"/"tokens": -4000/' >config.json
refused tinyscale train config.json --out run
small_config >config.json
refused tinyscale train config.json --out run --layers -1
small_sweep | sed 's/"2k"/-2000/' >sweep.json
refused tinyscale sweep run sweep.json
