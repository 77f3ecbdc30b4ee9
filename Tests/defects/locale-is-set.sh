# what: another locale
# expect: nothing
echo 'LANG=C.UTF-8' >/etc/default/locale
localectl status >/dev/null
