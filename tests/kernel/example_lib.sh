# For the scripts example_*.sh, which source this file.
cd "$(dirname "$0")/../.." || exit 1
unset MAKEFLAGS MAKELEVEL MFLAGS # an outer make's variables are not for ours
boards=${BOARDS:-virt-aarch64 virt-riscv64 virt-riscv32}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p build

# What a board has: its cores, and whether its RAM is counted in single megabytes.
cores_of() {
	sed -n 's/^BOARD_CORES := //p' "boards/$1/board.mk"
}

is_small() {
	grep -Eq '^BOARD_MEM := ([0-9]M|[0-9]+K)$' "boards/$1/board.mk"
}

is_tiny() { # its RAM is counted in kilobytes
	grep -q '^BOARD_MEM := [0-9]*K$' "boards/$1/board.mk"
}

fail() {
	echo "$*"
	tail -n 20 "$tmp/out" 2>/dev/null
	exit 1
}

# build EXAMPLE BOARD: sets $image. One script at a time, because two would write the same objects.
build() {
	flock build/examples.lock make -s image APP="examples/$1" BOARD="$2" >"$tmp/out" 2>&1 ||
		fail "$1 on $2 does not build"
	image=$(make -s where APP="examples/$1" BOARD="$2")
}

# run STATUS NAME=VALUE...: runs $image, which must exit with STATUS; its output is in $tmp/out, without carriage returns.
run() {
	status=$1
	shift
	tests/run "$image" LIMIT=60 "$@" >"$tmp/raw" 2>&1
	got=$?
	tr -d '\r' <"$tmp/raw" >"$tmp/out"
	[ $got = "$status" ] || fail "$image $*: status $got, expected $status"
}
