# what: a parameter of a module, set by hand
# expect: printk/parameters/time is Y, was N
# broken: grep -qx Y /sys/module/printk/parameters/time
# foretold: no
echo N >/sys/module/printk/parameters/time
