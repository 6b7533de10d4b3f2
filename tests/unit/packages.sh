#!/bin/sh
# tools/packages beside an apt-get, an id and a sudo of our own: what is asked of them, and what the user is told.
cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/bin" "$tmp/password"
for tool in env flock grep mkdir mktemp mv rm rmdir sed seq tail touch; do
	ln -s "$(command -v $tool)" "$tmp/bin/$tool"
done
export tmp USER_ID

# A package p is the file things/p. Two at a time fail, as they do on dpkg's lock.
cat >"$tmp/bin/apt-get" <<'END'
#!/bin/sh
verb= words= simulated=
while [ $# != 0 ]; do
	case $1 in
	-o) shift ;;
	--simulate) simulated=yes ;;
	-*) ;;
	install | update) verb=$1 ;;
	*) words="$words $1" ;;
	esac
	shift
done
[ "$simulated" ] || echo "$verb$words" >>"$tmp/calls"
[ "$USER_ID" = 0 ] || { echo "E: are you root?"; exit 100; }
if [ $verb = update ]; then
	[ -e "$tmp/updated" ] && mv "$tmp/updated" "$tmp/index" && exit 0
	touch "$tmp/updated"
	echo "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1"
	exit 100
fi
[ -e "$tmp/index" ] || { echo "E: Unable to locate package"; exit 100; }
case "$words " in *" unknown "*) echo "E: Unable to locate package unknown"; exit 100 ;; esac
[ "$simulated" ] && exit 0
mkdir "$tmp/lock" 2>/dev/null || { echo "E: Could not get lock /var/lib/dpkg/lock-frontend"; exit 100; }
for word in $words; do
	/bin/sleep 0.3
	echo "pmstatus:$word:60.0:Unpacking $word"
	touch "$tmp/things/$word"
done
rmdir "$tmp/lock"
END
printf '#!/bin/sh\necho $USER_ID\n' >"$tmp/bin/id"
for tool in sleep true; do
	printf "#!/bin/sh\n:\n" >"$tmp/bin/$tool"
done
# The one sudo asks for a password, the other does not; a machine without sudo has neither.
printf '#!/bin/sh\nexit 1\n' >"$tmp/password/sudo"
chmod +x "$tmp/bin/apt-get" "$tmp/bin/id" "$tmp/bin/sleep" "$tmp/bin/true" "$tmp/password/sudo"

begin() { # the user's id, and whether there is an index
	USER_ID=$1
	rm -rf "$tmp/things" "$tmp/calls" "$tmp/updated" "$tmp/index" "$tmp/bin/sudo"
	mkdir "$tmp/things"
	[ "$2" = none ] || touch "$tmp/index"
}

packages() { # names of packages, as tools/packages takes them
	for name; do
		shift
		case $name in --) set -- "$@" -- ;; *) set -- "$@" "$tmp/things/$name=$name" ;; esac
	done
	PATH=$tmp/bin tools/packages "$@" >>"$tmp/out" 2>&1
}

expect() { # what happened, and what should have
	[ "$2" = "$3" ] && return
	printf '%s:\n%s\ninstead of:\n%s\n' "$1" "$2" "$3"
	exit 1
}

outcome() { # status, output and calls of one run
	: >"$tmp/out"
	packages "$@"
	echo "status $?"
	cat "$tmp/out"
	sed 's/^/call: /' "$tmp/calls" 2>/dev/null
}

begin 0 there
expect "all in one call" "$(outcome a b a)" "status 0
installing a b
  packages: 50 % installed
call: install a b"
: >"$tmp/calls"
expect "nothing is missing" "$(outcome a b)" "status 0"

begin 0 none
expect "without an index, and while another updates it" "$(outcome a)" "status 0
installing a
waiting for another that updates the lists of packages
  packages: 50 % installed
call: install a
call: update
call: update
call: install a"

begin 0 there
expect "one that cannot be had" "$(touch "$tmp/updated"; outcome a -- unknown b | grep -v "  packages")" "status 0
installing a unknown b
could not install unknown: Unable to locate package unknown
call: install a unknown b
call: update
call: install a unknown b
call: install a b"
expect "one that is needed and cannot be had" "$(touch "$tmp/updated"; outcome unknown a | head -n 3)" "status 1
installing unknown
could not install unknown: Unable to locate package unknown"

begin 0 there
packages a b c &
packages c d &
packages a d
status=$?
wait
expect "three callers at once" "$status $(ls "$tmp/things" | tr '\n' ' ')" "0 a b c d "

# Who may not install is told the command, and nothing else.
begin 1000 there
expect "a user of a machine without sudo" "$(outcome a b)" "status 1
su -c 'apt-get update && apt-get install -y --no-install-recommends a b'"
cp "$tmp/password/sudo" "$tmp/bin/sudo"
expect "a user whose sudo asks for a password" "$(outcome a b)" "status 1
sudo apt-get update && sudo apt-get install -y --no-install-recommends a b"
cat >"$tmp/bin/sudo" <<'END'
#!/bin/sh
[ "$1" = -n ] && shift
USER_ID=0 exec "$@"
END
chmod +x "$tmp/bin/sudo"
expect "a user whose sudo asks for none" "$(outcome a b)" "status 0
installing a b
  packages: 50 % installed
call: install a b"
