: >empty.txt
refused tinyscale data make empty.txt --out corpus.tok
: | gzip >empty.gz
refused tinyscale data make empty.gz --out corpus.tok
mkdir empty
refused tinyscale data make empty --out corpus.tok
refused tinyscale data make - --out corpus.tok
echo "one document only" >one.txt
refused tinyscale data make one.txt --out corpus.tok
mkdir run
echo '{ "data": { "source": "text", "path": "empty.txt" } }' >config.json
refused tinyscale train config.json --out run
