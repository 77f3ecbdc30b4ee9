# what: a mount below the bind mount of a container, made after the container has started
# expect: d-bind sees another one than /srv/d-bind at /data
# broken: mountpoint -q /srv/d-bind
# foretold: no
mkdir -p /srv/d-bind
docker run -d --name d-bind --restart unless-stopped -v /srv/d-bind:/data "$(docker image ls -q | head -n 1)"
cat >/etc/systemd/system/d-mount.service <<'UNIT'
[Unit]
After=docker.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do docker inspect -f {{.State.Running}} d-bind | grep -q true && break; sleep 3; done; mount -t tmpfs tmpfs /srv/d-bind'
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable d-mount.service
