# what: a widened range of ports, and two containers whose ports Docker picks
# expect: nothing
echo 'net.ipv4.ip_local_port_range = 15000 64000' >/etc/sysctl.d/61-h.conf
sysctl -qw net.ipv4.ip_local_port_range='15000 64000'
image=$(docker image ls -q | head -n 1)
docker run -d --name h-one --restart unless-stopped -p 80 "$image"
docker run -d --name h-two --restart unless-stopped -p 80 "$image"
