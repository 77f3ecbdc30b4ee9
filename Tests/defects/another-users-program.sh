# what: a program of a user that was started from a shell and goes on without it
# expect: sleep of d-alone does not run any more
# broken: ! pgrep -u d-alone -x sleep
# foretold: process sleep of d-alone
useradd --create-home d-alone
setsid setpriv --reuid "$(id -u d-alone)" --regid "$(id -g d-alone)" --clear-groups /bin/sleep 777777 >/dev/null 2>&1 </dev/null &
