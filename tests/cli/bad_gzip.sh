seq 1000 >junk.gz
refused tinyscale data make junk.gz --out corpus.tok
(printf '\037\213\010\000'; seq 1000) >worse.gz
refused tinyscale data make worse.gz --out corpus.tok
seq 10000 | gzip | head -c 5000 >cut.gz
refused tinyscale data make cut.gz --documents lines --out corpus.tok
