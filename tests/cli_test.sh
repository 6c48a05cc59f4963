#!/bin/sh
# cli_test.sh TINYSCALE [--update]: the program as people meet it. Every tests/cli/NAME.sh runs in an empty directory
# with `tinyscale` on PATH; what it prints and how it ends must be what stands beside it:
#
#     NAME.stdout.exact, NAME.stderr.exact   to the byte
#     NAME.stdout.glob,  NAME.stderr.glob    line by line; * is any text, a line ... is any number of lines
#     NAME.exit                              its exit code
#
# Without a file: nothing is printed, exit code 0. Exit code 77 is a skip, its reason on stdout. --update writes the
# files anew from what is seen; a glob that matches still is left alone. prelude holds what the tests share.
set -u
tinyscale=$(realpath "$1") || exit 2
update=${2:-}
CLI=$(realpath "$(dirname "$0")/cli") || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir "$work/bin"
cp "$tinyscale" "$work/bin/tinyscale" && chmod 755 "$work/bin/tinyscale" # a copy that every user may read
export CLI PATH="$work/bin:$PATH" LC_ALL=C
unset TINYSCALE_QUIET OMP_NUM_THREADS
passed=0 failed=0

# globs FILE GLOB: does the whole file match?
globs() {
    awk -v file="$1" '
        function line_matches(s, pattern,    part, n, i, at) {
            n = split(pattern, part, "*")
            if (n < 2 && index(pattern, "*") == 0) return s == pattern
            if (substr(s, 1, length(part[1])) != part[1]) return 0
            s = substr(s, length(part[1]) + 1)
            for (i = 2; i < n; i++) {
                if ((at = index(s, part[i])) == 0) return 0
                s = substr(s, at + length(part[i]))
            }
            return length(s) >= length(part[n]) && substr(s, length(s) - length(part[n]) + 1) == part[n]
        }
        function matches(i, j) {
            for (; j <= n_globs; j++) {
                if (glob[j] == "...") {
                    for (; i <= n_lines + 1; i++) if (matches(i, j + 1)) return 1
                    return 0
                }
                if (i > n_lines || !line_matches(line[i++], glob[j])) return 0
            }
            return i == n_lines + 1
        }
        { glob[++n_globs] = $0 }
        END {
            while ((getline text < file) > 0) line[++n_lines] = text
            exit !matches(1, 1)
        }' "$2"
}

# same NAME STREAM: does $work/STREAM say what NAME's file says?
same() {
    if [ -f "$CLI/$1.$2.exact" ]; then cmp -s "$work/$2" "$CLI/$1.$2.exact"
    elif [ -f "$CLI/$1.$2.glob" ]; then globs "$work/$2" "$CLI/$1.$2.glob"
    else [ ! -s "$work/$2" ]
    fi
}

rewrite() { # rewrite NAME STREAM
    kind=glob
    [ -f "$CLI/$1.$2.exact" ] && kind=exact
    if [ -s "$work/$2" ]; then cp "$work/$2" "$CLI/$1.$2.$kind"; else rm -f "$CLI/$1.$2.$kind"; fi
}

for test in "$CLI"/*.sh; do
    name=$(basename "$test" .sh)
    mkdir "$work/$name"
    (cd "$work/$name" && exec sh -uc '. "$CLI/prelude"; . "$CLI/$1.sh"' sh "$name") \
        >"$work/stdout" 2>"$work/stderr" </dev/null
    status=$?
    if [ $status -eq 77 ]; then
        echo "skipped cli/$name: $(cat "$work/stdout")"
        continue
    fi
    wanted=0
    [ -f "$CLI/$name.exit" ] && wanted=$(cat "$CLI/$name.exit")
    wrong=
    for stream in stdout stderr; do
        same "$name" $stream && continue
        if [ "$update" = --update ]; then rewrite "$name" $stream; continue; fi
        wrong="$wrong $stream"
        diff "$(ls "$CLI/$name.$stream".* 2>/dev/null || echo /dev/null)" "$work/$stream"
    done
    if [ $status -ne "$wanted" ]; then
        if [ "$update" != --update ]; then wrong="$wrong exit-code-$status-not-$wanted"
        elif [ $status -eq 0 ]; then rm "$CLI/$name.exit"
        else echo $status >"$CLI/$name.exit"
        fi
    fi
    if [ -n "$wrong" ]; then
        failed=$((failed + 1))
        echo "FAILED cli/$name:$wrong"
    else
        passed=$((passed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
