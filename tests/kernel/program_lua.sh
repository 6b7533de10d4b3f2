#!/bin/sh
# Lua, Debian's source unchanged, is a program with an app.mk of one line: it runs a script of the host. The source is fetched
# once and kept in SKEIN_CACHE; where it cannot be had the test is skipped.
. "$(dirname "$0")/example_lib.sh"
cache=${SKEIN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/skein}/lua

fetch() { # by lists of our own, because few machines have those of sources
	mkdir -p "$tmp/lists/partial" "$cache"
	release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	echo "deb-src http://deb.debian.org/debian $release main" >"$tmp/list"
	set -- -q -o Dir::Etc::SourceList="$tmp/list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$tmp/lists" -o Dir::Cache="$tmp" \
		-o APT::Sandbox::User=root -o Acquire::http::Timeout=10 -o Acquire::Retries=0
	(cd "$tmp" && timeout 100 apt-get "$@" update && timeout 100 apt-get "$@" source --download-only lua5.4) >"$tmp/out" 2>&1 &&
		mv "$tmp"/lua5.4_*.orig.tar.* "$cache/"
}

ls "$cache"/lua5.4_*.orig.tar.* >/dev/null 2>&1 || fetch || exit 77
mkdir "$tmp/lua"
tar -xf "$(ls "$cache"/lua5.4_*.orig.tar.* | tail -n 1)" -C "$tmp/lua" --strip-components=1 || fail "no source in $cache"
echo 'LEAVE_OUT = src/luac.c' >"$tmp/lua/app.mk"
cat >"$tmp/script.lua" <<'LUA'
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
local t = {}
for w in ("the quick brown fox"):gmatch("%a+") do t[#t + 1] = w:upper() end
table.sort(t)
local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i * i) end end)
print(fib(20), table.concat(t, " "), co() + co() + co(), 1e100, math.maxinteger, arg[1], arg[2])
local f = assert(io.open(arg[0]))
print(#f:read("a") > 100, pcall(error, "caught"))
f:close()
os.exit(3)
LUA
printf '6765\tBROWN FOX QUICK THE\t14\t1e+100\t9223372036854775807\ta\tb\ntrue\tfalse\tcaught\n' >"$tmp/expected"
for board in $boards; do
	case $board in virt-aarch64 | virt-riscv64) ;; *) continue ;; esac
	flock build/examples.lock make -s image APP="$tmp/lua" BOARD="$board" >"$tmp/out" 2>&1 || fail "Lua does not build on $board"
	grep -q 'warning:\|error:' "$tmp/out" && fail "a warning on $board"
	image=$(make -s where APP="$tmp/lua" BOARD="$board")
	run 3 ARGS="$tmp/script.lua a b"
	grep -v '^exit status' "$tmp/out" | grep -A 1 '^6765' | cmp -s - "$tmp/expected" || fail "wrong on $board"
	exit 0 # one board is enough: this is about building
done
exit 77
