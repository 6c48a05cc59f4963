small_config | sed 's/"d_model": 16/"d_model": 20/' >config.json
refused tinyscale train config.json --out run
small_sweep | sed 's/\[8, 16\]/[8, 20]/' >sweep.json
refused tinyscale sweep run sweep.json
