"""The words by which reports in many languages are told: failed, delayed, answered by itself; and what was at fault.

All are looked for in lower-case text. The causes are those of `replies.Cause`; the words of SMTP stand in `phrases`.
"""

import re

from campaigns.delivery.phrases import Phrases


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


def _said(cause: str, *patterns: str) -> Phrases:
    return ((cause, re.compile("|".join(patterns))),)


# Who writes such reports. Looked for in the From header, name and address.
DAEMON = _any(
    r"mailer-?_?daemon|post-?master|mail[- ]?delivery|mail ?administrator|mail system|system administrator|mdaemon",
    r"\bmaildaemon|mail-daemon|maildelivery|delivery (sub)?system|delivery notification|delivery service|mail router",
    r"mail gateway|e-?mail server|internet mail|<>|bounce|undeliverable|non-?delivery|returned mail|mail deliverer",
    r"microsoft outlook|microsoft exchange|exchange server|mailsystem|majordomo|daemon@|mta@|mailmaster|administrador",
    r"administrateur syst|systemadministrator|sistema de (correo|correio|entrega)|amministratore|kanrisha|メール",
    r"系统管理员|邮件系统|系統管理員|郵件系統|почт|メールシステム|배달|mail-?system|smtp ?server|mailsweeper|mailmarshal",
)

# Subjects of failures.
FAILED = _any(
    r"undeliver(able|ed)|non[- ]?deliver|not (be )?deliver|deliver\w* (has )?(failed|failure|problem|error)",
    r"failure (notice|notification|delivery)|failed (mail|delivery|message|to deliver)|delivery[- ]fail",
    r"(mail|message|email|e-mail|delivery|notification) (delivery )?(failure|failed|error|status|problem|returned)",
    r"returned (mail|message|to sender|email|e-mail)|return(ed)? (un)?sent|returning message|mail (was )?returned",
    r"(couldn't|could not|cannot|can't|unable to|was not|wasn't) (be )?(send|sent|deliver|reach|route)",
    r"user unknown|unknown (user|recipient|address)|host unknown|address (not found|unknown)|mailbox (is )?(full|not)",
    r"bounced?( mail| message)?\b|message (rejected|refused|not sent|blocked)|mail (rejected|refused|system error)",
    r"delivery report|nondeliverable|(automatically )?rejected mail|invalid (recipient|address)|no such user|dead letter",
    # German, Dutch, Scandinavian
    r"unzustellbar|nicht zugestellt|nicht zustellbar|unzustellb|zustell(ung|fehler)|r(ü|ue)ckl(ä|ae)ufer",
    r"nicht (ausgeliefert|(ü|ue)bermittelt)|zur(ü|ue)ckgesand|fehlgeschlagen|zustellungs|fehler beim",
    r"onbestelbaar|niet (be|af)geleverd|niet bezorgd|kan niet worden|bezorging|kon niet worden",
    r"kan ej levereras|olevererbar|kunde inte|kan inte levereras|gick inte att leverera|ikke leveres|kunne ikke",
    r"ikke levert|uleveret|kan ikke leveres|ej levererat|toimit(us|ettu|tamaton)|perille",
    # Romance
    r"non remis|non distribu|(é|e)chec (de|d.)|(impossible|n.a pu|n.ont pu|n.a pas pu|n.a pas).{0,30}(remi|distribu|livr)",
    r"retour(n(é|e)| de courrier|ner|\b.{0,20}exp(é|e)dit)|non[- ]d(é|e)livr|non remis|message non|erreur d.envoi",
    r"no (se pudo|se ha podido|pudo|fue posible|se entreg|entregad)|error (de|en la|al) (entrega|env)|devuelt",
    r"fallo (de|en)|no entregad|imposible entregar|falla de entrega|entrega fallida|mensaje no|rechazad",
    r"n(ã|a)o (foi|p(ô|o)de|entreg|p(ô|o)de ser)|falha (na|no|de|ao)|devolvid|n(ã|a)o entregue|erro (de|na|no) (entrega|envio)",
    r"mancat[ao] (recapit|consegn)|non (recapitat|consegnat|(è|e) stato)|impossibile (recapit|consegn)|mancata|respint",
    r"nelivrat|nu a (fost|putut)|e(ș|s)ec|nelivrabil",
    # Slavic and others
    r"недостав|не доставл|не удалось|не может быть достав|возвра|не было достав|ошибка|недоставлен|не достав",
    r"niedostarcz|nie (zosta|mo(ż|z)na)|zwrot|niemo(ż|z)liwe do|nedoru(č|c)|nedostavit|nelze doru(č|c)|nedoru",
    r"teslim edilemedi|iletilemedi|g(ö|o)nderilemedi|teslimat|ba(ş|s)ar(ı|i)s(ı|i)z|k(é|e)zbes(í|i)t|sikertelen",
    r"αδυναμ|δεν παραδ|αποτυχ|μη παρ|kh(ô|o)ng (g(ử|u)i|th(ể|e)|chuy|ph(á|a)t)|th(ấ|a)t b(ạ|a)i|tidak (dapat|terkirim)|gagal",
    r"退信|退回|退件|投递失败|無法傳遞|无法投递|未送達|未能送達|发送失败|傳送失敗|寄送失敗|無法送達|邮件发送|系统退信|未传递|未傳遞|无法传递",
    r"配信(不能|できません|エラー|失敗|不可)|送信(エラー|失敗|できません)|不達|届き|お届け|戻り|エラー|宛先|返送|未配信|配送",
    r"반송|배달(되지|하지| 실패|실패)|전송 ?실패|발송 ?실패|수신 ?실패|오류|لم يتم|تعذر|فشل|לא נ|כשל|تحویل|ناموفق|ไม่สามารถ|ล้มเหลว",
)

# Warnings: not failed yet.
DELAYED = _any(
    r"delivery (status notification )?\(?delay|delayed|\bdelay(ed)?\b.{0,40}(mail|message|deliver)|(mail|message|delivery) delay",
    r"warning:? (could not|message|unable)|still being retried|could not send message for past|warning - delayed",
    r"not (yet )?been delivered (yet|after)|has not yet been delivered|will (keep|continue) (to )?(try|retry|be)",
    r"verz(ö|oe)ger(ung|t)|noch nicht (zugestellt|ausgeliefert)|retard(é|e)|diff(é|e)r(é|e)|\bretras(o|ad)|\batras(o|ad)",
    r"ritard(o|at)|vertraagd|vertraging|f(ö|o)rsen|forsinke|задерж|отложен|op(ó|o)(ź|z)nion|zpo(ž|z)d|gecik",
    r"遅延|遅れ|延迟|延遲|延误|지연|تأخير|chậm trễ|trễ",
)
# The same in the text of a report; these sentences never stand in one of a failure.
STILL_TRYING = _any(
    r"this is a warning message only|you do not need to (resend|do anything)|not need to resend your message",
    r"(will|shall|is going to) (continue|keep)( to)? (try|retry|attempt)\w*|will (be )?retr(y|ied)|will keep trying",
    r"no action is required on your part|delivery attempts will continue|continue to (try|attempt) (to )?deliver",
    r"has not yet been delivered to|i('ll| will) (keep|try) |still trying to deliver|remains? (in|on) the (mail )?queue",
    r"could not send message for past|will retry for|not able to deliver .{0,30}yet|delivery is delayed|has been delayed",
    r"weiterhin versuch|weitere zustellversuche|es wird (weiter|noch) versucht|nouvelles? tentatives?|sera (de nouveau )?(retent|essay)",
    r"se (seguir(á|a)|volver(á|a)|reintentar(á|a))|continuar(á|a)(mos)? (intentando|a tentar|tentando)|novas tentativas|ulteriori tentativi",
    r"(будут|будет) (продолж|повтор)|再送を試み|引き続き|継続して|会继续尝试|繼續嘗試|继续尝试|将继续|계속.{0,10}시도",
)
GAVE_UP = _any(
    r"no further (delivery )?attempts|(not|n't) (be )?(try|tried|trying|retried) again|gave up|giving up|given up|permanent (error|fail)",
    r"has expired|expired after|too long|final(ly)? failed|could not be delivered and|will not be retried|endg(ü|ue)ltig",
    r"has been removed from the queue|no more attempts|delivery failed",
)

# How a report in prose begins, whatever its subject quotes.
NOT_DELIVERED = _any(
    r"(mail|message|e-?mail)\b.{0,40}(could|can|was|were|has|have) ?(not|n't) (be |been )?delivered to",
    r"was automatically rejected|(could|can) ?(not|n't) deliver (the |your )?(message|mail|e-?mail) to|n.a pas pu (e|ê)tre (d(e|é)livr|remis)",
    r"konnte nicht (an|zugestellt)|no (se )?pudo (ser )?entreg|n(a|ã)o p(o|ô)de ser entreg",
)

# Answers that a machine gives for a person. In subjects:
AUTOMATIC = _any(
    r"out[- ]of[- ](the[- ])?(office|town)|out of office|\booo\b|auto(matic|mated)?[- ]?(re(ply|sponse|sponder|spond)|answer|ack)",
    r"\baway from|vacation|on (annual |maternity |parental |medical )?(leave|holiday|sabbatical)|\bauto:|not in the office|absence",
    r"acknowledg|we('ve| have)? received your|thank(s| you) for (your|contacting|writing)|ticket|case (number|id|#)|\[#?\w*\d{3,}\]",
    r"(your|this) (message|mail|email|request|inquiry) (to .{1,60} )?(has been|was) (received|read)|^(read|not read|gelesen|lu|le(í|i)do|lida?):",
    r"challenge|confirm(ation)? (your|required|request|that)|verification (required|needed)|please verify|waiting for your|spam ?arrest",
    r"(message|mail|email) (is )?(awaiting|held for|pending|await)|quarantin|moderat|subscri(be|ption)|whitelist|boxbe",
    r"no longer (with|at|work|employ|monitor|in use)|new (e-?mail )?address|change of (e-?mail )?address|address change|has (left|moved)",
    r"abwesen|au(ß|ss)er haus|nicht im (haus|b(ü|ue)ro)|urlaub|automatische antwort|autoreply|empfangsbest|eingangsbest",
    r"afwezig|automatisch antwoord|niet aanwezig|fr(å|a)nvarande|frånvaro|autosvar|frav(æ|ae|ä)r|automatisk(t)? svar|poissa|automaattinen",
    r"absence du bureau|absent|en cong(é|e)s?|r(é|e)ponse automatique|vacances|accus(é|e) de r(é|e)ception",
    r"fuera de (la )?oficina|ausen(te|cia)|respuesta autom|vacaciones|acuse de recibo|fora do escrit|resposta autom|f(é|e)rias",
    r"fuori (ufficio|sede)|assenza|risposta automatica|in ferie|r(ă|a)spuns automat|concediu",
    r"автоответ|автоматический ответ|отпуск|отсутств|вне офиса|nieobecno|autoodpowied|odpowied(ź|z) automatyczna|urlop",
    r"nep(ř|r)(í|i)tom|automatick(á|a) odpov|dovolen|ofis d(ış|is)ı|otomatik yan(ı|i)t|izinde|h(á|a)zon k(í|i)v|automatikus v(á|a)lasz",
    r"εκτός γραφείου|αυτόματη απ|vắng mặt|tự động|trả lời tự|di luar kantor|cuti|balasan otomatis",
    r"自動(応答|返信|回答|回覆|回复)|不在|休暇|外出|自动(回复|答复)|不在办公|休假|休暇|부재|자동 ?(응답|회신)|휴가|رد تلقائي|خارج المكتب|מחוץ למשרד|תשובה אוטומטית",
    r"پاسخ خودکار|ตอบกลับอัตโนมัติ|ไม่อยู่",
)

# What was at fault, in prose. The surest come first.
PROSE: Phrases = (
    *_said(
        "full",
        r"(mailbox|inbox|mail ?box|mail ?folder|mail ?file|account|storage|disk|quota|postbox).{0,50}(\bfull\b|exceed|over (its|the|their)? ?(limit|quota))",
        r"(over|exceed\w*|out of|beyond|insufficient).{0,25}(quota|storage|mailbox (size|limit)|disk space)|quota exceeded|overquota",
        r"quota violation|(space|storage|room) (is )?not (enough|sufficient)|not enough (space|storage|room)|no (space|room) left",
        r"(postfach|mailbox|speicherplatz|posteingang).{0,50}(voll|(ü|ue)berschritten|ersch(ö|oe)pft|(ü|ue)berf(ü|ue)llt)|quota.{0,20}(ü|ue)berschritten",
        r"(bo(î|i)te|messagerie|quota|espace).{0,60}(pleine?\b|satur|d(é|e)pass|satur(é|e)e|plus d.espace)",
        r"(buz(ó|o)n|casilla|cuota|bandeja|almacenamiento|espacio).{0,60}(llen[oa]|exced|super|agotad|insuficiente)",
        r"(caixa|cota|quota|espa(ç|c)o|armazenamento).{0,60}(chei[ao]|lotad|exced|esgotad|insuficiente)",
        r"(casella|cassetta|quota|spazio).{0,60}(pien[ao]|esaurit|superat|insufficiente)|postvak.{0,30}vol\b|mailbox is vol",
        r"(ящик|квот|место).{0,40}(переполн|превыш|заполн|нет места)|переполнен|skrzynk.{0,40}(pe(ł|l)n|przepe(ł|l)n)|schr(á|a)nk.{0,30}pln",
        r"(posta kutusu|kota).{0,40}(dolu|a(ş|s)(ı|i)l)|brevl(å|a)da.{0,30}full|postkasse.{0,30}(full|fyldt)|hộp thư.{0,30}đầy|penuh|γεμάτο|tele van|betelt",
        r"(邮箱|信箱|郵箱|容量|空间|空間|郵件匣).{0,12}(满|滿|超过|超過|已满|不足|超出|超限)|メールボックス.{0,20}(いっぱい|一杯|満杯|超え|容量|満)|容量(オーバー|超過|を超)|受信箱.{0,10}(いっぱい|満)",
        r"(편지함|메일함|용량|사서함).{0,20}(가득|초과|부족|꽉)|(صندوق|الحصة).{0,30}(ممتلئ|تجاوز)|תיבת.{0,30}מלאה|เต็ม",
    ),
    *_said(
        "disabled",
        r"(mailbox|account|address|user|recipient|domain).{0,40}\b(disabled|suspended|deactivated|inactive|locked|closed|frozen|on hold|terminated|expired\b)",
        r"(temporarily|currently) (disabled|suspended|inactive)|(account|mailbox) (has been |is )?(blocked|cancel|dormant)",
        r"(konto|postfach|benutzer|mailbox).{0,40}(deaktiviert|gesperrt|stillgelegt|inaktiv|geschlossen)|compte.{0,40}(d(é|e)sactiv|suspendu|bloqu|ferm(é|e)|inactif)",
        r"(cuenta|buz(ó|o)n).{0,40}(desactivad|suspendid|inactiv|bloquead|deshabilitad|cerrad)|conta.{0,40}(desativad|suspens|inativ|bloquead|encerrad)",
        r"(account|casella|utente).{0,40}(disattivat|sospes|disabilitat|bloccat|chius)|(ящик|учетн|аккаунт|пользовател).{0,40}(заблокирован|отключен|неактив|приостанов)",
        r"(konto|skrzynka).{0,40}(zablokowan|nieaktywn|zawieszon)|hesap.{0,40}(devre dışı|askıya|kapat)|(账号|帐号|帳號|账户|帐户|用户|用戶|邮箱|信箱).{0,12}(停用|禁用|冻结|凍結|锁定|封|锁|過期|过期)",
        r"アカウント.{0,20}(停止|無効|凍結|ロック)|利用停止|受信(を)?停止|휴면|정지된|사용 ?중지",
    ),
    *_said(
        "moved",
        r"(has|have) moved to|new (e-?mail )?address is|neue (e-?mail-?)?adresse|nouvelle adresse|nueva direcci(ó|o)n|address has changed|移転|変更されました",
    ),
    *_said(
        "no_person",
        r"(wasn't|was not|isn't|is not|not) found (at|in|on)|(couldn't|could not|cannot|can't|can not|unable to) (be )?(find|found|locate|located|resolve|resolved|identify).{0,40}(user|recipient|address|mailbox|account|person|alias|name)",
        r"(user|recipient|address|addressee|mailbox|account|person|alias|name|id|it)(?:s|es)?\b.{0,60}(couldn't|could not|cannot|can't|can not) be (found|located|resolved|identified|recogni)",
        r"(user|recipient|address|addressee|mailbox|account|alias|name|customer|subscriber|member|username)(?:s|es)?\b.{0,50}(unknown|does ?n.t exist|does not exist|do not exist|doesn't exist|did not exist|not exist|no longer exists?|nonexistent|non-existent|invalid|not recogni[sz]ed|not registered|not listed|not known|not valid|no longer (in use|valid|available|with|active|works?|employ))",
        r"(unknown|no such|invalid|non-?existent|incorrect|bad|unrecogni[sz]ed|illegal|wrong|inexistent)( \w+)? (user|recipient|address|addressee|mailbox|account|alias|local[- ]?part|name|subscriber|customer|member|person|id|email|e-mail)",
        r"no (mail ?box|user|account|person|one|recipient|local mailbox|email account|such person|user account|box)s? (here|by|with|named|at|of|like|found|matching|on|exists?|for|available)",
        r"((is|are|'s) (not|no longer)|(is|are)n't) (a |an )?(valid|known|registered|active|local|current|existing)?\s?(user|member|customer|subscriber|recipient|address|account|mailbox|e-?mail)\b",
        r"(did|does|do) ?(n't|not)( exactly)? match (an?|any|our)\b.{0,40}(address|user|mailbox|name)|no match(es)?\b.{0,40}(query|name|director|user|address)",
        r"(does|do) ?(n't|not) have an? .{0,30}(account|mailbox|mail delivery|delivery point)|not our (customer|user)|not listed in|name not found|no longer (works?|employed|with (us|the|our|this))",
        r"(user|recipient|mailbox|account|address|person|name) (was |is )?not ?found|invalid( \w+){0,3} (user ?id|login)\b",
        r"no valid recipient|(check|verify) the (e-?mail )?address.{0,40}(correct|spell|typ)|mistyped|misspel",
        r"(empf(ä|ae)nger|adress\w*|benutzer\w*|nutzer|postfach|mailbox|konto|teilnehmer|adressat).{0,60}(unbekannt|existier\w* (hier )?nicht|nicht (gefunden|existent|bekannt|vorhanden|g(ü|ue)ltig|vergeben|eingerichtet)|ung(ü|ue)ltig|gibt es nicht|konnte nicht gefunden)",
        r"unbekannte[rn]? (empf|adress|benutzer|nutzer)|nicht existente|keine mailbox|kein (solcher|benutzer|postfach)",
        r"(destinataire|adresse|utilisateur|compte|bo(î|i)te|usager|correspondant).{0,60}(inconnu|n.existe (pas|plus)|inexistant|invalide|introuvable|pas (été )?trouv|n.est pas valide|incorrecte|erron)",
        r"(usuario|destinatario|direcci(ó|o)n|cuenta|buz(ó|o)n|casilla).{0,60}(desconocid|no existe|inexistente|inv(á|a)lid|no (se )?(encontr|ha encontrado|pudo encontrar|es v(á|a)lid|v(á|a)lid)|incorrect|no encontrad)",
        r"(usu(á|a)rio|destinat(á|a)rio|endere(ç|c)o|conta|caixa).{0,60}(desconhecid|n(ã|a)o existe|inexistente|inv(á|a)lid|n(ã|a)o (foi )?encontrad|incorret|n(ã|a)o pôde ser encontrad)",
        r"(utente|destinatario|indirizzo|casella|account).{0,60}(sconosciut|non esiste|inesistente|non valid|non (è stat\w )?trovat|errat)|(gebruiker|adres|geadresseerde|ontvanger|mailbox|postvak).{0,50}(onbekend|bestaat niet|niet gevonden|ongeldig)",
        r"(mottagare|adress|anv(ä|a)ndare|modtager|bruger|mottaker|bruker|adresse)\w*.{0,50}(ok(ä|a)nd|finns inte|hittades inte|kunde inte hittas|ukendt|findes ikke|ukjent|finnes ikke|ogiltig|ugyldig)|(vastaanottaja|osoite|k(ä|a)ytt(ä|a)j(ä|a)).{0,40}(tuntematon|ei l(ö|o)yd|ei ole)",
        r"(пользовател|адрес|получател|ящик|абонент|учетн)\w*.{0,60}(не найден|не существует|неизвест|не зарегистр|недейств|неверн|отсутств|нет)|нет такого (пользовател|адрес|ящик)|неизвестный (пользовател|получател|адрес)|такого (пользовател|адрес)\w* (нет|не)|немає|не існує|не знайден",
        r"(u(ż|z)ytkownik|adresat|adres|odbiorca|konto|skrzynka).{0,50}(nie istnieje|nieznan|nie znaleziono|nieprawid)|(u(ž|z)ivatel|adres|p(ř|r)(í|i)jemce|schr(á|a)nka).{0,50}(neexistuj|nezn(á|a)m|nebyl\w? nalezen|neplatn)",
        r"(kullan(ı|i)c(ı|i)|al(ı|i)c(ı|i)|adres|hesap).{0,50}(bulunamad|bilinmeyen|mevcut de(ğ|g)il|ge(ç|c)ersiz|yok)|(c(í|i)mzett|felhaszn(á|a)l|c(í|i)m)\w*.{0,50}(ismeretlen|nem l(é|e)tez|nem tal(á|a)l)|(utilizator|destinatar|adres)\w*.{0,50}(necunoscut|nu exist|inexistent|invalid)",
        r"(χρήστης|παραλήπτης|διεύθυνση|λογαριασμός).{0,50}(δεν (υπάρχει|βρέθηκε)|άγνωστ)|(người (dùng|nhận)|địa chỉ|tài khoản|hộp thư).{0,50}(không (tồn tại|tìm thấy|hợp lệ|đúng|có))|(pengguna|alamat|penerima).{0,40}(tidak (ditemukan|dikenal|ada|valid))",
        r"(用户|用戶|收件人|邮箱|信箱|地址|账号|帐号|帳號|收信人|位址|使用者|帐户).{0,30}(不存在|无效|無效|未找到|找不到|不正确|不正確|错误|錯誤|没有|未注册|未知|查无|有误)|(无此|無此|没有这个|查无此|查無此|未知的?|不存在的?|无效的?|找不到)(用户|用戶|人|收件人|邮箱|账号|帐号|使用者|信箱|地址)",
        r"(宛先|アドレス|ユーザ|ユーザー|メールボックス|受信者|受取人|アカウント|あて先).{0,24}(存在し|見つか|不明|間違|無効|ありません|見つけ|誤り|正しく|わかりません|登録されて)|存在しない|ユーザーが見つかりません|user unknown",
        r"(수신자|사용자|받는 ?사람|주소|계정|메일 ?주소|수신인|메일함).{0,24}(없|존재하지|찾을 수|알 수|잘못|유효하지|확인되지)|존재하지 않는|없는 (사용자|계정|주소|메일)",
        r"(المستخدم|العنوان|المستلم|البريد|الحساب).{0,40}(غير موجود|غير معروف|لا يوجد|لم يتم العثور|غير صالح)|(המשתמש|הכתובת|הנמען|תיבת).{0,40}(לא (קיי|נמצא|מוכר)|אינו קיים|אינה קיימת|שגוי)|(کاربر|آدرس|گیرنده|حساب).{0,40}(وجود ندارد|یافت نشد|نامعتبر|ناشناخته)|ไม่พบ(ผู้|ที่อยู่)|ไม่มี(ผู้|บัญชี)",
    ),
    *_said(
        "network",
        r"connect(ion)?\b.{0,20} timed? ?-?out|not found, try again|(lookup|resolution|dns).{0,20} (timed? ?-?out|temporar)|servfail",
    ),
    *_said(
        "no_domain",
        r"(domain|host|hostname|server name|mail server for).{0,60}(couldn't|could not|cannot|can't|was not|wasn't|not) (be )?(found|resolved|locate|exist|known|valid)",
        r"(domain|host)( name)?\b.{0,40}(does not exist|doesn't exist|unknown|invalid|no longer exists?|not exist)|(unknown|no such|invalid|non-?existent|bad|unresolvable) (domain|host)",
        r"unroute?able|couldn't find (any|a) (host|mail exchanger|domain)|(name|address) (or service not known|resolution failed)|nxdomain|no mail (server|exchanger)|no mx\b|null mx|not accept (any )?(mail|email)",
        r"(domain\w*|rechnername|host).{0,40}(unbekannt|existiert nicht|nicht gefunden|nicht aufgel)|domaine.{0,40}(inconnu|n.existe|introuvable)|(dominio|dom(í|i)nio).{0,40}(desconocid|no existe|inexistente|n(ã|a)o existe|desconhecid|non esiste|inesistente|no encontrado|sconosciut)",
        r"(домен|хост|узел).{0,40}(не найден|не существует|неизвест)|(域名|域|網域|网域|主机|主機).{0,10}(不存在|无效|無效|错误|未找到|找不到|无法解析)|ドメイン.{0,20}(存在し|見つか|不明|無効|ありません)|도메인.{0,20}(없|존재하지|찾을 수)|domen.{0,20}(nie istnieje|neexistuje)|miền.{0,20}không",
    ),
    *_said(
        "content",
        r"(considered|identified|detected|classified|marked|flagged|regarded|treated|recogni[sz]ed|judged).{0,25}(spam|virus|junk|malicious)|spam (filter|detected|content|message|score)|contains? (a )?(virus|spam|malware)|virus (found|infected|detected)",
        r"(als|comme|como|come|как|jako).{0,20}spam|(垃圾|病毒).{0,6}(邮件|郵件|信件)|スパム|迷惑メール|스팸|spam (erkannt|eingestuft)|спам",
    ),
    *_said(
        "reputation",
        r"black ?list|block ?list|blocked (by|using|because)|blacklisted|(liste noire|lista negra|sperrliste|schwarze liste|черн\w+ спис|黑名单|黑名單|ブラックリスト)",
    ),
    *_said("relay", r"unable to relay|relay(ing)? .{0,20}(denied|prohibited|refused|not (allowed|permitted))"),
    *_said("sender", r"not accepting (any )?(mail|e-?mail|messages?) (from|with)|requires? (a )?confirmation"),
    *_said(
        "other_policy",
        r"(rejected|refused|blocked|denied|violat\w+|prohibited).{0,40}(polic|rule|administrat|security|permission|restrict)|(polic(y|ies)|rule|security).{0,40}(reject|violat|prohibit|block|refus)|not (authori[sz]ed|permitted|allowed)|access denied|permission",
        r"richtlinie|abgelehnt|refus(é|e) par|rechazad|rejeitad|respint|отклонен|odrzucon|odm(í|i)tnut|reddedil|拒绝|拒絕|拒収|拒否|거부|مرفوض|từ chối",
    ),
    *_said(
        "size",
        r"(message|mail|attachment|e-?mail).{0,30}(too (large|big)|exceeds|size)|(nachricht|mensaje|message).{0,30}(zu gro(ß|ss)|demasiado grande|trop (gros|volumineux)|(muito|demasiado) grande)|(邮件|郵件).{0,10}(过大|太大|超过)|大きすぎ",
    ),
    *_said(
        "network",
        r"failed( after)? \d+ (delivery )?(attempts|tries|times)|(maximum|too many) (delivery )?(attempts|retries)|delivery attempts",
        r"aborted after [\d.]+ (hour|day|minute)|not been collected|name (service|server) (error|failure)|malformed .{0,30}name server",
        r"(time|timed)[- ]?out|expired|retry (time|limit|timeout|count)|too long|(connection|connect|host|server|network|route).{0,40}(refused|failed|fail|unreachable|not respond|no answer|reset|lost|dropped|impossible|could not|unavailable)|unable to (connect|contact|reach)|not respond|no response|(couldn't|could not|cannot) (connect|contact|reach|establish)|gave up|temporar|try(ing)? (again )?(for|later)|hop count|\bloop",
        r"zeit(ü|ue)berschreitung|nicht erreichbar|verbindung.{0,40}(fehl|nicht|abgel)|d(é|e)lai|injoignable|connexion.{0,30}(refus|impossible|perdu|(é|e)chou)|tiempo (de espera|agotado)|conexi(ó|o)n.{0,40}(rechaz|fall|no)|tempo (limite|esgotado|scadut)|conex(ã|a)o.{0,30}(recus|falh)|connessione.{0,30}(rifiut|fallit|non)",
        r"врем\w+ (ожидан|истек)|недоступен|соединен|(超时|超時|无法连接|無法連接|连接失败|連線|暂时|暫時|稍后|過期)|タイムアウト|接続(でき|に失敗|エラー)|応答(が|しま)|시간 ?초과|연결.{0,10}(실패|없)|zaman aşımı|przekroczon|(č|c)asov",
    ),
)

# What is in the way of reading a diagnosis: sentences that stand in every report of a system, whatever happened.
BOILERPLATE = re.compile(
    r"this (is a permanent error|message was created automatically|is an automatically generated)[^\n.]*"
    r"|i'm afraid i wasn't able to deliver[^\n]*|i've given up[^\n.]*|sorry it didn't work out[^\n.]*"
    r"|for (further|more|additional) (assistance|information|help|details|info)[^\n]*|i'm sorry to have to inform[^\n]*"
    r"|(please|you can|you should|you may|you might|try to) (contact|include|check|send|try|forward|resend|do not|re-?send|verify|call)[^\n]*"
    r"|if (you|this|the problem)\b[^\n]*|do not reply[^\n]*|no (answer|reply) is (required|necessary)[^\n.]*"
    r"|(be|been) delivered to (one or more|all|some) (of its |of the |of your )?(recipients|destinations)[^\n]*"
    r"|bitte (antworten sie nicht|wenden)[^\n]*|veuillez[^\n]*|por favor[^\n]*"
)

# Where the text of a report ends and the message that came back begins.
ORIGINAL_BEGINS = re.compile(
    r"^[^\w\n]{0,10}(below this line is a copy|this is a copy of (the|your) (message|mail|header)|(un)?sent message (follows|below|is)"
    r"|(returned|original|undelivered|unsent) (message|mail|e-?mail|text)( (text|body|header|headers|information))?( follows| below| attached| begins)?[^\w\n]*$"
    r"|(your|the) (message|mail|e-?mail|text)( (text|body|headers?|information))?( follows| below| is attached| begins)[^\w\n]*$"
    r"|original (message|mail|e-?mail|text)|message header|(message|mail) headers? (follow|as)|headers? of (the |your )?(original|returned|message)"
    r"|the (original |following |returned )?(message|header|mail)s? (headers? )?(of|follows|is attached|attached|is)\b.{0,60}(follow|:|$)"
    r"|(begin |start )(of )?(original|returned|forwarded)|forwarded message|returned message|included message|copy of (your|the) (original )?message"
    r"|(urspr(ü|ue)ngliche|originale?) (nachricht|mail|mitteilung)|kopie (der|ihrer)|message (original|d.origine|initial)|mensaje original|mensagem original|messaggio originale"
    r"|oorspronkelijk|originalmeddel|исходное сообщение|oryginalna|p(ů|u)vodn(í|i) zpr|原始邮件|原始郵件|原邮件|オリジナルメッセージ|元のメール|元のメッセージ|원본 ?메시지|original ?메일)",
    re.IGNORECASE | re.MULTILINE,
)
