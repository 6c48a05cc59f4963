small_disk 256k
quiet tinyscale data make --tokens 1k --heldout-tok 1k --out disk/corpus.tok
fill_disk 20000
refused tinyscale data make --tokens 60k --heldout-tok 8k --out disk/corpus.tok
refused tinyscale data make --tokens 60k --heldout-tok 8k --out disk/other.tok
rm disk/filler
quiet tinyscale data make --tokens 60k --heldout-tok 8k --out disk/corpus.tok
quiet tinyscale data describe disk/corpus.tok
