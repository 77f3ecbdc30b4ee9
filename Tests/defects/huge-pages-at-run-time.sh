# what: huge pages that no file asks for
# expect: vm/nr_hugepages is 0, was 8: it was set at run time only
# broken: grep -qx 0 /proc/sys/vm/nr_hugepages
# foretold: sysctl vm/nr_hugepages
sysctl -qw vm.nr_hugepages=8
