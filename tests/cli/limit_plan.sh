# What does not fit is said before anything starts; a shape that does not fit is not timed.
small_sweep | sed 's/\[8, 16\]/[8, 65536]/; s/"layers": 1/"layers": 1000/' >sweep.json
tinyscale sweep plan sweep.json --jobs 1
tinyscale sweep plan sweep.json --jobs 1 --json | grep memory_limit | tr 0-9 9 | tr -s 9
