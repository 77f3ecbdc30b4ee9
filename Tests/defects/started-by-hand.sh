# what: a program that was started from a shell and goes on without it
# expect: d-worker of root does not run any more
# broken: ! pgrep -x d-worker
# foretold: process d-worker of root
cp /bin/sleep /usr/local/bin/d-worker
setsid nohup /usr/local/bin/d-worker 424242 >/dev/null 2>&1 </dev/null &
