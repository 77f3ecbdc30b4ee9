# what: a user with a home, groups and a crontab
# expect: nothing
useradd --create-home --groups adm h-user
echo '5 4 * * * root true' >/etc/cron.d/h-job
