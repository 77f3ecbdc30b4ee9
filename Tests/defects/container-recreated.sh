# what: a container that is made anew, with a volume and a network of its own
# expect: nothing
image=$(docker image ls -q | head -n 1)
docker volume create h-volume
docker network create h-net-own
docker run -d --name h-again --restart unless-stopped "$image"
docker rm -f h-again
docker run -d --name h-again --restart unless-stopped --network h-net-own -v h-volume:/data "$image"
