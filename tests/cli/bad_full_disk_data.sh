small_disk 256k
fill_disk 20000
echo "as it was" >disk/corpus.tok
refused tinyscale data make --tokens 60k --heldout-tok 8k --out disk/corpus.tok
refused tinyscale data make --tokens 60k --heldout-tok 8k --out disk/other.tok
rm disk/filler
quiet tinyscale data make --tokens 60k --heldout-tok 8k --out disk/corpus.tok
quiet tinyscale data describe disk/corpus.tok
