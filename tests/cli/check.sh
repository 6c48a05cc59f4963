# The coordinate check: muP is flat, one rate for all matrices is not; what it is asked wrongly.
small="--d-head 8 --ctx 16 --layers 1 --batch-tok 256 --seeds 2 --d-base 32"
for parametrization in mup sp; do
    tinyscale check $small --steps 3 --widths 16,32,64,128 --parametrization $parametrization 2>err |
        grep -E '^(parametrization|flat|widths|activation)'
done
tinyscale check $small --steps 3 --widths 16,32,64,128 --json 2>err | grep -E '"(flat|narrow|wide)"'
for wrong in "--widths 32" "--widths 32,16" "--widths 32,x" "--widths 16,20" "--steps 99" "--experts 4"; do
    tinyscale check $small $wrong 2>&1
done
