# Exit code 0, results on stdout, talk on stderr.
small_config >config.json
tinyscale train config.json --out run --threads 1
tinyscale eval run
