quiet tinyscale data make --tokens 60k --heldout-tok 8k --out whole.tok
small_config >config.json
head -c 5000 whole.tok >cut.tok
refused tinyscale data describe cut.tok
refused tinyscale train config.json --out run --corpus cut.tok
head -c 40 whole.tok >short.tok
refused tinyscale data describe short.tok
cp whole.tok flipped.tok
flip flipped.tok 20000
refused tinyscale data describe flipped.tok
cp whole.tok head.tok
flip head.tok 24
refused tinyscale data describe head.tok
: >nothing.tok
refused tinyscale data describe nothing.tok
echo "not tokens" >text.tok
refused tinyscale data describe text.tok
refused tinyscale train config.json --out run --corpus text.tok
