# what: a file in /etc that tmpfiles.d writes anew
# expect: /etc/d-motto has changed
# broken: grep -qx default /etc/d-motto
# foretold: file /etc/d-motto: /etc/tmpfiles\.d/d\.conf writes it anew
echo 'f+ /etc/d-motto 0644 root root - default' >/etc/tmpfiles.d/d.conf
echo ours >/etc/d-motto
