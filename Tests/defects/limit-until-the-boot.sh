# what: a limit of a unit that holds until the next boot
# expect: /run/systemd/system\.control/ssh\.service\.d/50-CPUWeight\.conf is gone|CPUWeight
# broken: ! systemctl show -p CPUWeight ssh.service | grep -q =33
# foretold: path /run/systemd/system\.control/.*CPUWeight
systemctl set-property --runtime ssh.service CPUWeight=33
