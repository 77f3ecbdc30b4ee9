# what: a container that is restarted on failure
# expect: nothing
docker run -d --name h-onfail --restart on-failure "$(docker image ls -q | head -n 1)"
