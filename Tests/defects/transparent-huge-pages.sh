# what: a setting below /sys
# expect: transparent_hugepage/enabled is 
# broken: ! grep -q "\[never\]" /sys/kernel/mm/transparent_hugepage/enabled
# foretold: sysctl .*transparent_hugepage/enabled
echo never >/sys/kernel/mm/transparent_hugepage/enabled
