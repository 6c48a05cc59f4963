# The tables of one small shape, and of one made from it; only what is printed is looked at here.
export TINYSCALE_QUIET=1
tinyscale bench --shapes S16 --rounds 1 --seconds 0.05
tinyscale bench --shapes S16 --layers 1 --mode sweep --rounds 2 --seconds 0.01 --json >bench.json
sed -n 's/^ *\("name"\|"mode"\|"rounds"\|"layers"\): *\([^,]*\),*/\1 \2/p' bench.json
ls
