# A page of this program is made anew, an old one too; pictures replace only pictures of ours.
command -v gnuplot >/dev/null || skip "gnuplot is not installed"
law=law=chinchilla,E=0.9,A=19,alpha=0.3,B=84,beta=0.35,params=1e4:3e5:4,tokens=3e5:5e6:4,noise=0.003
page() { tinyscale report --simulate "$law" --resamples 20 "$@" >/dev/null; }
echo "<html><title>runs: a scaling law</title>" >old.html
quiet page --out old.html
quiet page --out old.html --png png
quiet page --out old.html --png png
grep generator old.html | sed 's/ [0-9.]*">//'
mkdir theirs
for picture in png/*.png; do echo precious >theirs/$(basename $picture); done
refused page --out old.html --png theirs
page --out /dev/fd/5 5>through.html && cmp old.html through.html
