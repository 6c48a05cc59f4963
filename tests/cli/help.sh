# Every command and subcommand tells its usage, and every flag what it does.
tinyscale help
for command in $(tinyscale help | sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p'); do
    case $command in
    data) list="data:data make:data describe" ;;
    sweep) list="sweep:sweep plan:sweep run:sweep status" ;;
    *) list=$command ;;
    esac
    IFS=:
    for words in $list; do
        IFS=' '
        tinyscale $words --help >text 2>err || echo "$words --help: exit $?"
        echo "$words: $(head -n 1 text)"
        grep -E '^  --' text | grep -vE '^  --[a-z0-9-]+( [A-Z]+| \[true\|false\])? +[^ -]' && echo "$words: a flag without help"
    done
    unset IFS
done
# A run's results are explained where runs are.
tinyscale train --help 2>err | grep -A 1 '^result.json'
