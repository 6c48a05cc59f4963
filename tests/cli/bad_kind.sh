# A FIFO, a device or a directory where a file is meant is one line and no waiting; what is open already may be read.
bounded() { timeout -s KILL 20 "$@"; }
mkfifo pipe
mkdir dir
small_config >run.json
small_sweep >sweep.json
seq 1 2000 >text.txt
printf 'params,tokens,loss\n1e6,1e7,3.2\n2e6,1e7,3.1\n' >few.csv
for path in pipe dir /dev/zero; do
    refused bounded tinyscale fit $path --columns loss=loss
    refused bounded tinyscale train $path --out r
    refused bounded tinyscale sweep run $path --out s
    refused bounded tinyscale data describe $path
    refused bounded tinyscale data make --out $path
    refused bounded tinyscale train run.json --corpus $path --out r
done 2>&1 | sed 's/^exit 124.*/it waited/'
refused bounded tinyscale data make pipe --out text.tok
refused bounded tinyscale report few.csv --out pipe
for name in sweep.json ledger.jsonl points.csv lock corpus.tok; do
    mkdir s
    mkfifo s/$name
    refused bounded tinyscale sweep run sweep.json --out s
    rm -r s
done
mkdir -p r
mkfifo r/log.jsonl
bounded tinyscale train run.json --out r
rm -r r
echo "--- open already"
quiet bounded tinyscale data make /dev/stdin --documents lines --out a.tok <text.txt
cat text.txt | quiet bounded tinyscale data make /dev/stdin --documents lines --out b.tok
quiet bounded tinyscale data make /dev/fd/5 --documents lines --out c.tok 5<text.txt
quiet bounded tinyscale data make - --documents lines --out d.tok <text.txt
for tok in a b c d; do tinyscale data describe $tok.tok --json | grep source_crc32; done
law=law=chinchilla,E=0.9,A=19,alpha=0.3,B=84,beta=0.35,params=1e4:3e5:4,tokens=3e5:5e6:4
quiet bounded tinyscale fit --simulate $law --resamples 20 --save /dev/null
tinyscale fit --simulate $law --resamples 20 --save /dev/fd/5 5>saved.csv >fit.txt 2>&1
tinyscale fit --simulate $law --resamples 20 --save /dev/fd/5 5>&1 >fit.txt 2>&1 | cmp - saved.csv && head -n 1 saved.csv
