# A published series of gains: is it one power law? No PATH beside it.
tinyscale fit --series 42,28,14,6 --resamples 50 | sed -n "1,3p; s/^  If /If /p; /^reading/p"
tinyscale fit --series=-42,-28,-14,-6 --resamples 0 --json | grep -c '"agrees"'
refused tinyscale fit --series 42,28
refused tinyscale fit --series 42,28,14 runs.csv
refused tinyscale fit
