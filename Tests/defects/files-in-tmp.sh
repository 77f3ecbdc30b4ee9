# what: files in /tmp and /run that nobody needs
# expect: nothing
echo x >/tmp/h-scratch
mkdir -p /run/h-scratch
chmod 700 /run/h-scratch
