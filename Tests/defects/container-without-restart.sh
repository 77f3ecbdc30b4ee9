# what: a container without a restart policy
# expect: container d-norestart is exited
# broken: test "$(docker inspect -f "{{.State.Status}}" d-norestart)" = exited
# foretold: container d-norestart: its restart policy is no
docker run -d --name d-norestart --restart no "$(docker image ls -q | head -n 1)"
