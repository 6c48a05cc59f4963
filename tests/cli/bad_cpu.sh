# A CPU path that does not exist is asked for, of a run, of the bench and of a sweep.
small_config >config.json
small_sweep >sweep.json
ask() { status=0; TINYSCALE_CPU=$1; shift; export TINYSCALE_CPU; tinyscale "$@" || status=$?; echo "exit $status"; }
ask plian train config.json --out run
ask nonsense train config.json --out run
ask nonsense bench --shapes S16 --mode run --rounds 1
ask nonsense sweep run sweep.json --out sweep
