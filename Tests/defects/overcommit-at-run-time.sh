# what: a setting of the memory that no file has
# expect: vm/overcommit_memory is 0, was 1
# broken: grep -qx 0 /proc/sys/vm/overcommit_memory
# foretold: no
sysctl -qw vm.overcommit_memory=1
