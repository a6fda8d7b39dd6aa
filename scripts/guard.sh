# Ends the process group $1 when the process at the other end of standard input has ended, for any reason: by signal $2
# after $3 seconds, by SIGKILL 10 s later. A line on standard input releases the guard.
read -r _ && exit 0
sleep "$3"
kill -s "$2" -- "-$1" 2>/dev/null || exit 0
tries=0
while kill -s 0 -- "-$1" 2>/dev/null; do
  if [ "$tries" -ge 50 ]; then
    kill -s KILL -- "-$1"
    exit
  fi
  tries=$((tries + 1))
  sleep 0.2
done
