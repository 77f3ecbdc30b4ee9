# what: a lingering user's service, enabled for a target that users don't have
# expect: d-work\.service of user d-user is no longer active
# broken: ! pgrep -u d-user -f "sleep 424242"
# foretold: unit d-user d-work\.service: it is enabled for multi-user\.target
useradd --create-home d-user
loginctl enable-linger d-user
mkdir -p /home/d-user/.config/systemd/user
cat >/home/d-user/.config/systemd/user/d-work.service <<'UNIT'
[Service]
ExecStart=/bin/sleep 424242
[Install]
WantedBy=multi-user.target
UNIT
chown -R d-user: /home/d-user
for try in 1 2 3 4 5 6 7 8 9 10; do [ ! -S "/run/user/$(id -u d-user)/systemd/private" ] || break; sleep 2; done
as() { runuser -u d-user -- env XDG_RUNTIME_DIR="/run/user/$(id -u d-user)" systemctl --user "$@"; }
as daemon-reload
as enable --now d-work.service
