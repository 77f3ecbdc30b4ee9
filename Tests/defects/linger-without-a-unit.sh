# what: a lingering user without any unit
# expect: nothing
useradd --create-home h-quiet
loginctl enable-linger h-quiet
