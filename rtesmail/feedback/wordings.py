"""How mail systems say it, in English and French and some more: one expression a line, matched in text of one line.

Lines are regular expressions, whatever their case; `<who>` and `<qui>` stand for the many names of a recipient. What a
line means is its table's name.
"""

import re

_WHO = r"\b(?:user(?:id)?|recipient|addressee|mailbox|account|address|alias|name|person|host|domain|destination)s?\b"
_QUI = r"\b(?:adresse|destinataire|utilisateur|compte|bo[îi]te|domaine|messagerie)\b"


_TOO_LARGE = r"""
    (?:maximum|incoming|message|size) (?:\w+ ){0,3}(?:size exceed|exceeds|too (?:big|large|long))
    exceed\w* (?:the )?(?:\w+ ){0,4}message size
    max(?:imum)? message size exceed
    message (?:is )?too (?:big|large|long)
    trop (?:gros|volumineux|grande?)\b
"""


def one_of(table: str) -> re.Pattern[str]:
    """Give the expression that finds any line of a table."""
    lines = (line.strip().replace("<who>", _WHO).replace("<qui>", _QUI) for line in table.splitlines())
    return re.compile("|".join(line for line in lines if line), re.IGNORECASE)


FULL = one_of(r"""
    (?:over|exceed(?:s|ed|ing)?)\W{0,3}(?:(?:the|their|its|disk|mail|mailbox|storage|allotted|allocated) ){0,3}quota
    quota (?:\w+ )?(?:exceeded|violation|reached|full|d[ée]pass)
    (?:reached|exceeds?|exceeded) (?:\w+ )?(?:disk |mail |storage |mailbox )?quota
    (?:mail ?box|mail ?folder|inbox|account|mbox)(?:\W+\w+){0,3}?\W+(?:is )?(?:full|over (?:the )?quota)
    full mailbox
    over ?quota\b
    storage (?:space )?(?:exceeded|is full|limit)
    out of storage
    exdiskquota
    mail ?box space not enough
    insufficient (?:mailbox|storage|disk)
    not enough (?:disk |storage )?space
    too (?:much mail stored|many messages on)
    mailbox (?:has )?exceed(?:s|ed) (?:allowed|its|the)
    zu ?viele mails
    exceeded storage allocation
    mailbox (?:size )?limit exceeded
    (?:bo[îi]te|messagerie|compte|bal)\b[^.]{0,60}?\b(?:pleine?|satur[ée]e?)\b
    quota (?:de \w+ )?(?:atteint|d[ée]pass[ée])
    capacit[ée] (?:maximale )?(?:de stockage )?(?:atteinte|d[ée]pass[ée]e)
    espace (?:de stockage )?insuffisant
""")

TOO_LARGE = one_of(_TOO_LARGE)

BLOCKED = one_of(
    _TOO_LARGE
    + r"""
    \bspam(?:ming)?\b
    unsolicited
    (?:black|block) ?list
    \b(?:dnsbl|rbl|spamhaus|spamcop|barracuda|cloudmark|abusix)\b
    reputation
    \b(?:dmarc|dkim|spf)\b
    unauthenticated
    (?:has|have|was|were|been|is|are|host|client|address|message|mail|content|sender) (?:\S+ )?blocked\b
    blocked (?:by|using|for|due|because)\b
    \b(?:banned|virus(?:es)?|malware|phishing)\b
    (?:by|against|violat\w+|due to|for) (?:\w+ ){0,3}polic(?:y|ies)\b
    policy (?:violation|reasons?|rejection)
    local policy
    administrative (?:prohibition|policy|lock)
    message content rejected
    not accepting (?:mail|messages) (?:from|with)
    requires confirmation
    sender (?:address )?(?:is )?(?:rejected|denied|refused|not allowed|invalid)
    invalid sender
    [ée]metteur (?:invalide|refus)
    not (?:authori[sz]ed|allowed) to send
    (?:only accepts?|restricted to) (?:mail|messages|senders)
    (?:only|don't|do not) have permission to send
    access denied
    (?:helo command|client host) rejected
    reverse (?:dns|lookup|hostname)
    no ptr
    service refus
    mail rejet
    message refus
    courrier ind[ée]sirable
    liste noire
    \bip (?:source )?bloqu
    bloqu[ée]e?s? (?:par|pour|car)\b
    no resent-from
    rate ?limit
    automatically rejected
"""
)

UNKNOWN = one_of(r"""
    user unknown
    unknown user
    no such user
    invalid recipient
    (?:no|user) mail-?\s?box\b
    mail-?box not found
    does ?n['’o]t exist
    recipient not found
    not a known user
""")

HARD = one_of(r"""
    <who>(?: \S+){0,4}? (?:unknown|invalid|inactive|suspended|disabled|discontinued|deactivated)\b
    <who>(?: \S+){0,4}? not (?:be )?(?:found|known|exist|listed|recogni[sz]ed|valid)\b
    \b(?:unknown|invalid|no such|illegal|non-?existent|inactive|expired) (?:\w+ ){0,2}?<who>
    bad destination mailbox
    unknown or illegal
    (?:user|host|domain|recipient|addressee|destinataire|utilisateur) (?:is )?unknown
    no (?:mailbox|user|account|recipient|such person)\b
    not a (?:known|valid) (?:user|recipient|address)
    does ?n['’o]t (?:\w+ ){0,2}exist
    does ?n['’o]t have (?:an? )(?:\S+ ){0,3}(?:account|delivery point|mailbox)
    does not like recipient
    did not exactly match
    address is (?:wrong|incorrect)
    no (?:longer|more) (?:valid|in use|active|exists?|available|accept\w*|employed)
    (?:cannot|could ?n['’o]t) be found
    was ?n['’o]t found
    not listed in
    not in (?:the )?directory
    recipient (?:address )?(?:rejected|refused)
    address rejected
    (?:mailbox|user|account|recipient)(?: \S+)? (?:is )?unavailable
    has been (?:disabled|deactivated|suspended|closed|deleted)
    (?:host|domain)(?: or domain name)? not found
    (?:unknown|non-existent) host
    unrouteable|unroutable|nxdomain|null mx
    no valid recipients
    no matches to
    failed permanently
    permanent (?:fatal )?(?:error|failure)
    i['’]ve given up
    <qui>[^.]{0,80}?\b(?:inconnu|invalide|introuvable|inexistant|d[ée]sactiv|ferm[ée]e?\b|archiv|supprim[ée])
    <qui>[^.]{0,80}?\b(?:non (?:trouv|recens|r[ée]pertori)|plus (?:valide|utilis))
    n['’]existe (?:pas|plus)
    n['’]est plus (?:valide|active|utilis)
    \b(?:introuvable|inconnue?)\b
    unbekannt|nicht (?:erreichbar|bekannt|gefunden)
""")  # fmt: skip

SOFT = one_of(r"""
    try (?:again|later|it later)
    r[ée]essay
    essayer plus tard
    temporar
    tempora?ire
    timed? ?-?out
    connection (?:refused|failed|to mail)
    (?:not|did not|n['’]a pas) (?:respond|r[ée]pond)
    \bbusy\b
    too many (?:hops|connections)
    \bloop(?:ing)?\b
    queue (?:too long|period)
    in the queue
    unreachable|not reachable
    no route
    could not find a gateway
    (?:command|child|process) died
    gr[ea]y ?list
    after \d+(?:\.\d+)? (?:hour|day|attempt)
    \d+ attempts
    (?:maximum|delivery) attempts
    trop de connexions
    expired
    not been collected
""")

# The domain's mail is led to a server that knows nothing of it: its owner's mistake, which may pass.
RELAYING = one_of(r"""
    relay(?:ing)? (?:access )?(?:denied|not|prohibited)
    unable to relay
    allowed rcpthosts
    trying to use me .{0,80}as a relay
""")

# No proof that the address is not there, though other words beside sound like it.
RATHER_SOFT = one_of(r"""
    malformed (?:or unexpected )?name ?server
    service (?:is )?(?:currently )?(?:un|not )available
    not found, try again
    too many hops
    looping|loop broken
    not been able
    (?:was ?n['’o]t able|unable) to (?:establish|connect)
    can(?:no|['’])t connect
    not been collected
    (?:within|allowed) (?:the )?(?:allowed )?queue period
""")

# A mail system's subject, for those that sign with a name of their own.
REPORT_SUBJECT = one_of(r"""
    undeliver
    delivery (?:has )?(?:fail|problem|status|notification|report|error|incomplete)
    deliver(?:y|ed)?\b.{0,20}\bfail
    fail(?:ed|ure)? (?:mail|notice|delivery)
    returned (?:mail|to sender)
    returning (?:message|to sender)
    non[- ]?delivery
    (?:could not be|not) delivered
    mail (?:delivery|system) (?:fail|error|warn|problem)
    mail error
    delayed mail
    message delay
    ^warning:
    not yet been delivered
    processing error
    automatically rejected
    ^rejected\b
    non remis
    (?:[ée]chec|erreur|probl[èe]me|avis)\b.{0,30}\b(?:remise|livraison|distribution|envoi|d[ée]livrance)\b
    message non (?:remis|distribu|d[ée]livr)
    non[- ](?:distribu|recens)
    pas (?:pu )?[êe]tre (?:remis|distribu|d[ée]livr|livr)
    retour [àa] l['’]exp[ée]diteur
    notification d['’][ée]tat de (?:remise|distribution)
    unzustellbar
    devuelto
    доставл
""")

# Said of a message that is tried on: no bounce yet.
STILL_TRYING = one_of(r"""
    (?:has not yet|not yet) been delivered
    warning (?:message )?only
    this is (?:just|only) a (?:warning|notification)
    (?:delivery|it) (?:attempts )?will (?:be )?(?:continue|retried|keep)
    will continue (?:to )?(?:try|attempt)
    message (?:is |has been )?(?:delayed|postponed|deferred)
    has been (?:delayed|postponed)
    will be retried
    no action is required on your part
    pas encore (?:pu )?[êe]t(?:re|[ée])
    (?:nouvelle|d['’]autres) tentatives?\b
    nous (?:allons )?(?:continu|r[ée]essa)
""")

GIVEN_UP = one_of(r"""
    given up
    permanent(?:ly)?\b.{0,20}(?:fatal|error|fail)
    failed permanently
""")

FAILED = one_of(r"""
    (?:not|never|n['’]t) (?:be |been |able to |being )*(?:deliver|reach|receive|accepted)
    (?:could|can|was|were) ?(?:not|n['’]t) (?:\w+ ){0,3}(?:deliver|reach|transfer|be found)
    unable to (?:deliver|transfer)
    undeliver
    (?:delivery|mail|message|recipients?|address(?:es)?) (?:\w+ ){0,6}fail
    fail(?:ed|ure) (?:\w+ ){0,4}(?:recipient|address|deliver|permanently)
    has been (?:returned|rejected)
    was (?:\w+ )?(?:rejected|refused|blocked)
    did not (?:exactly )?(?:match|reach)
    returned (?:mail|message|to)
    delivery (?:problems|error)
    error(?: occurred| detected|[- ](?:for|code|text|detail))
    permanent (?:fatal )?error
    mailbox is full
    no such user
    user (?:not |un)known
    no valid recipients
    invalid final delivery
    pas (?:pu )?[êe]tre (?:remis|distribu|d[ée]livr|livr|achemin)
    (?:[ée]chec|impossible)\b.{0,40}(?:remise|remettre|livraison|livrer|distribu|d[ée]livr|achemin)
    n['’](?:est|a) pas (?:parvenu|arriv|pu)
    n['’]existe (?:pas|plus)
    adresse introuvable
    non remis
    \b5\d\d[ -]\S
""")
