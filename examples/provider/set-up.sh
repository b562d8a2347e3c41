#!/bin/sh
# Sets up a provider, and the two authorities that it trusts, in the current folder. A person would type these commands.
# In a real set-up, the hotline and the court do their steps on their own machines, with several holders:
# docs/lists/ceremony.md. `--all-keys-here` keeps every key in one folder, for a demonstration.
set -eu
here="$(dirname "$0")"
origin="$1"           # where devices reach the web server, such as http://localhost:4620
listed_picture="$2"   # the picture that the hotline lists

# 1. The receiver: a key for its private keys, which only its service may read, and its data folder.
(umask 077; printf 'LODESTONE_RECEIVER_KEY=%s\n' "$(node -p 'crypto.randomBytes(32).toString("hex")')" > receiver.env)
export "$(cat receiver.env)"
lodestone-receiver init --data receiver --endpoint "$origin/v1/signals" > keys.json

# 2. The account service: it has the private key that signs subject ids, and the receiver has the public key.
mkdir accounts
lodestone-receiver subject-keys generate accounts/subject-key.json > accounts/public-key.txt
lodestone-receiver subject-keys import "$(cat accounts/public-key.txt)" --data receiver

# 3. The provider publishes the receiver's public keys, signed.
lodestone-authority init provider --name example-provider --power provider --all-keys-here
lodestone-authority keys provider keys.json --name receiver
lodestone-authority publish provider
sh "$here/mirror.sh" provider

# 4. The hotline publishes a list of one picture.
mkdir pictures
cp "$listed_picture" pictures/
lodestone-authority init hotline --name example-hotline --power lists --all-keys-here
lodestone-authority import hotline pictures --list demo --purpose verified --exact
lodestone-authority publish hotline
sh "$here/mirror.sh" hotline

# 5. The court publishes an order: block and signal that picture for 90 days. Everything in it is invented.
cat > order.json <<END
{
  "schema": "lodestone/order/v1",
  "id": "demo",
  "basis": "order",
  "legal": { "instrument": "Invented Act, section 1", "jurisdiction": "XA" },
  "issuer": { "authority": "Invented authority", "court": "Invented court", "reference": "1/2026" },
  "service": { "name": "Example", "endToEndEncrypted": true },
  "notBefore": "$(node -p 'new Date().toISOString().slice(0, 10)')T00:00:00Z",
  "notAfter": "$(node -p 'new Date(Date.now() + 90 * 86400000).toISOString().slice(0, 10)')T00:00:00Z",
  "summary": { "en": "Pictures are compared on this device with a signed list, before they are sent and before they are shown." },
  "help": [{ "language": "en", "name": "Helplines for children and young people", "url": "https://childhelplineinternational.org/" }],
  "surfaces": ["send", "receive"],
  "media": ["image"],
  "detect": [
    {
      "kind": "known",
      "list": "hotline:v1/lists/demo/manifest.json",
      "purpose": "verified",
      "alsoBy": [],
      "maxDistance": 31,
      "minQuality": 50,
      "variants": ["orientations"],
      "action": "block",
      "signal": { "surfaces": ["send"], "evidence": ["exact"], "threshold": 1, "withinDays": 30 }
    }
  ],
  "onUnscannable": "warn",
  "notify": { "user": "immediately" },
  "receiver": {
    "endpoint": "$origin/v1/signals",
    "keys": "provider:v1/keys/receiver.json",
    "subject": "pseudonym",
    "slotsPerDay": 86400,
    "cover": false
  }
}
END
lodestone-authority init court --name example-court --power orders --all-keys-here
lodestone-authority order court order.json
lodestone-authority publish court
sh "$here/mirror.sh" court

# 6. The receiver and the app trust the same three sources, each by its first root.
for name in court hotline provider; do cp "$name/root.json" "receiver/$name.root.json"; done
cat > receiver/receiver.json <<END
{
  "schema": "lodestone/receiver/v1",
  "endpoint": "$origin/v1/signals",
  "authorities": {
    "orders": [{ "name": "court", "url": "$origin/court/", "root": "court.root.json" }],
    "lists": [{ "name": "hotline", "url": "$origin/hotline/", "root": "hotline.root.json" }],
    "provider": { "name": "provider", "url": "$origin/provider/", "root": "provider.root.json" }
  },
  "refreshMinutes": 5,
  "retention": { "signalDays": 90, "countDays": 731 }
}
END
