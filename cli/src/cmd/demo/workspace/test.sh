# Says what sum.sh gets wrong, and fails if there is anything.
failed=0
check() {
    wanted=$1
    shift
    got=$(sh sum.sh "$@")
    if [ "$got" = "$wanted" ]; then
        echo "ok: the sum of '$*' is $got"
    else
        echo "WRONG: the sum of '$*' is not $got but $wanted"
        failed=1
    fi
}
check 7 7
check 3 1 2
check 10 1 2 3 4
exit $failed
