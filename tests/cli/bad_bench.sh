for flags in "--shapes Z" "--shapes A,,B" "--rounds 0" "--seconds 0" "--mode swep" "--shapes A,B --d-model 32" "--d-model 33" "--d-modle 32" more; do
    refused tinyscale bench $flags
done
