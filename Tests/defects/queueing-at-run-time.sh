# what: a limit on what a card sends, set by hand
# expect: qdisc lo tbf is gone
# broken: ! tc qdisc show dev lo | grep -q tbf
# foretold: network qdisc lo tbf
tc qdisc add dev lo root tbf rate 900mbit burst 1mbit latency 400ms
