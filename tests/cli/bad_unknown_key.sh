small_config '"d_modell": 3' >config.json
refused tinyscale train config.json --out run
small_sweep | sed 's/"lanes"/"lans"/' >sweep.json
refused tinyscale sweep run sweep.json
small_sweep | sed 's/"axes"/"axis"/' >sweep.json
refused tinyscale sweep run sweep.json
small_sweep | sed 's/"d_model"/"dmodel"/' >sweep.json
refused tinyscale sweep run sweep.json
