# what: a container with a file of /run
# expect: container d-filebind
# broken: test "$(docker inspect -f "{{.State.Status}}" d-filebind)" != running
# foretold: no
mkdir -p /run/d-conf
echo x >/run/d-conf/settings
docker run -d --name d-filebind --restart unless-stopped -v /run/d-conf/settings:/etc/hostname-of-d "$(docker image ls -q | head -n 1)"
