"""arguments.py finds secrets in the arguments of commands, and no others."""
import arguments

SOUND = r"""
write_env "$(stored_key)" "$password"
printf '[%s] = %s' "$(section "$account")" "$(secret 16)" >>"$CONF.new"
[ $verb = create ] || [ -z "$password" ] || return 0
echo "s/$word/$(openssl rand -hex 16)/"
printf '%s\n' "$password" >file
password=$(secret 8)
openssl rand -hex 32 > ticketgate.key
tg user create --org demo --email "$EMAIL" <<<"$password"
openssl rand -base64 15 | tee password | ticketgate user create --org my-shows
mariadb -p ticketgate <file
mysql --defaults-file=client.cnf
ticketgate grants --admin | mariadb && ticketgate migrate
curl -u ana https://example.com
echo x # sed "s/$word/$(openssl rand -hex 16)/"
for word in $(grep -o '@PASSWORD_[A-Z]*@' ticketgate.conf); do
"""
EXPOSED = r"""
sed -i "s/$word/$(openssl rand -hex 16)/" ticketgate.conf
do sed -i "s|$(placeholder "$account")|$(secret 16)|" "$CONF.new"
ticketgate user create --password s3cret
ticketgate user create --email a@example.com --password=s3cret
mysql -u root -ps3cret ticketgate
mariadb --user=x --password=s3cret
mariadb-dump -ps3cret ticketgate >dump
mariadb -e "CREATE USER x IDENTIFIED BY 's3cret'"
curl -u ana:s3cret https://example.com
curl -s --user ana:s3cret https://example.com
openssl enc -aes-256-cbc -pass pass:s3cret
grep -q "$password" file
sed "s/$(placeholder "$account")/x/; s/y/$(secret 16)/" file
sudo htpasswd -b file ana "$PASSWORD"
"""
for text in SOUND.strip().split("\n"):
    if arguments.exposed(text, ["write_env"]):
        print(f"has no secret in arguments: {text}")
for text in EXPOSED.strip().split("\n"):
    if not arguments.exposed(text, ["write_env"]):
        print(f"not found: {text}")
