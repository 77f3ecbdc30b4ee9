# what: a loop device that nothing sets up
# expect: loop device of /var/d-loop.img is gone
# broken: ! losetup -j /var/d-loop.img | grep -q .
# foretold: mount loop device of /var/d-loop\.img
truncate -s 16M /var/d-loop.img
losetup -f /var/d-loop.img
