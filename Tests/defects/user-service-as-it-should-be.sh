# what: a lingering user's service for the target that users have
# expect: nothing
useradd --create-home h-linger
loginctl enable-linger h-linger
mkdir -p /home/h-linger/.config/systemd/user
printf '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=default.target\n' >/home/h-linger/.config/systemd/user/h-work.service
chown -R h-linger: /home/h-linger
for try in 1 2 3 4 5 6 7 8 9 10; do [ ! -S "/run/user/$(id -u h-linger)/systemd/private" ] || break; sleep 2; done
as() { runuser -u h-linger -- env XDG_RUNTIME_DIR="/run/user/$(id -u h-linger)" systemctl --user "$@"; }
as daemon-reload
as enable --now h-work.service
