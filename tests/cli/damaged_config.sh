# A run's config.json carries a checksum: damage is named by who reads it. One from before there were checksums is read.
small_config >c.json
quiet tinyscale train c.json --out r
cp -r r old
sed -i '/"crc32"/d' old/config.json old/result.json
sed -i -z 's/,\n}/\n}/' old/config.json old/result.json
export TINYSCALE_QUIET=1
tinyscale eval r --json >new.txt
tinyscale eval old --json | cmp - new.txt && echo "the same loss"
rm old/result.json
grep '"loss"' r/result.json >loss.txt
tinyscale train c.json --out old --resume --json | grep '"loss"' | cmp - loss.txt && echo "the same run"
sed -i 's/"lr": 0.004/"lr": 0.002/' r/config.json
rm r/result.json
refused tinyscale eval r
refused tinyscale train c.json --out r --resume
refused tinyscale train r/config.json --out again
