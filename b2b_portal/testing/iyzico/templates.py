"""The HTML of the simulator's pages, for ``string.Template``. ``pages`` escapes whatever is put in."""

PAGE = """\
<!doctype html>
<html lang="$lang">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>$title</title>
<style>
*, ::before, ::after { box-sizing: border-box }
body { margin: 0; background: #eef1f6; color: #1c2536; font: 1rem/1.5 system-ui, "Segoe UI", Roboto, sans-serif }
.banner { display: flex; justify-content: space-between; gap: 1rem; padding: .6rem 1rem;
  background: #5b3200; color: #fff; font-size: .9rem }
.banner a { color: inherit }
main { width: min(27rem, 100%); margin: 0 auto; padding: 1.25rem 1rem 3rem }
.card { background: #fff; border-radius: .9rem; padding: 1.5rem; box-shadow: 0 1px 3px #1c253626 }
h1 { margin: 0 0 1rem; font-size: 1.35rem; line-height: 1.25 }
p { margin: 0 0 1rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem; margin: 0 0 1.25rem;
  padding-bottom: 1.25rem; border-bottom: 1px solid #dfe4ec }
dt { color: #566176 }
dd { margin: 0; text-align: end; overflow-wrap: anywhere }
dd.sum { font-size: 1.25rem; font-weight: 650; line-height: 1.2 }
label { display: block; font-size: .9rem; margin-bottom: .25rem }
input[type=text] { width: 100%; min-height: 2.9rem; padding: .5rem .75rem; border: 1px solid #7d889c;
  border-radius: .5rem; background: #fff; color: inherit; font: inherit }
input[aria-invalid] { border: 2px solid #b3261e }
.field { margin-bottom: 1rem; flex: 1 1 8rem }
.pair { display: flex; flex-wrap: wrap; gap: 0 1rem }
.error { margin: .25rem 0 0; color: #a01c15; font-size: .9rem }
.alert { margin: 0 0 1rem; padding: .75rem 1rem; border-radius: .5rem;
  border-inline-start: .3rem solid #b3261e; background: #fdecea }
.alert strong { display: block }
.tick { display: flex; gap: .6rem; align-items: flex-start; margin: .25rem 0 1.25rem; font-size: 1rem }
.tick input { width: 1.25rem; height: 1.25rem; margin: .15rem 0 0; accent-color: #0b57d0 }
.tick small { display: block; color: #566176 }
button { width: 100%; min-height: 3rem; padding: .5rem 1rem; border: 1px solid #0b57d0;
  border-radius: .5rem; background: #0b57d0; color: #fff; font: inherit; font-weight: 600; cursor: pointer }
button:hover { background: #0842a0 }
button.plain { background: #fff; color: #0842a0; border-color: #7d889c; font-weight: 500; margin-top: .75rem }
button.plain:hover { background: #eef1f6 }
:focus-visible { outline: 3px solid #f0a000; outline-offset: 2px }
.code { margin: 0 0 1.25rem; padding: .75rem 1rem; border-radius: .5rem; background: #eef1f6; text-align: center }
.code b { display: block; font-size: 1.6rem; letter-spacing: .2em }
details { margin-top: 1.25rem; padding: 0 .25rem; font-size: .9rem }
summary { cursor: pointer; padding: .5rem 0 }
ul { margin: 0 0 .5rem; padding: 0; list-style: none }
li { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; padding: .3rem 0;
  border-top: 1px solid #d5dbe5 }
code { font-size: .95rem }
</style>
</head>
<body>
<div class="banner"><strong>$banner</strong>$switch</div>
<main>
<div class="card">
<h1>$title</h1>
$content
</div>
$aside
</main>
</body>
</html>
"""

SWITCH = '<a href="$url" lang="$other_lang">$other_language</a>'

PAY = """\
<dl>
<dt>$merchant</dt><dd>$merchant_name</dd>
<dt>$basket</dt><dd>$items</dd>
<dt>$amount</dt><dd class="sum">$sum</dd>
</dl>
$alert
<form method="post" action="$action" novalidate>
$number_field
$holder_field
<div class="pair">
$expiry_field
$cvc_field
</div>
<label class="tick"><input type="checkbox" name="three_d" value="1"$ticked>
<span>$three_d<small>$three_d_hint</small></span></label>
<button name="action" value="pay">$pay $sum</button>
<button class="plain" name="action" value="cancel">$cancel</button>
</form>
"""

FIELD = """\
<div class="field">
<label for="$name">$label</label>
<input type="text" id="$name" name="$name" value="$value" autocomplete="$autocomplete"$numeric
maxlength="$maxlength" placeholder="$placeholder"$invalid>
$error
</div>
"""

FIELD_ERROR = '<p class="error" id="$name-error">$message</p>'

ALERT = '<div class="alert" role="alert"><strong>$title</strong>$message</div>'

TEST_CARDS = "<details><summary>$test_cards</summary><ul>$rows</ul><p>$any_expiry</p></details>"

TEST_CARD = "<li><code>$number</code><span>$meaning</span></li>"

BANK = """\
<p>$bank_intro</p>
<dl>
<dt>$merchant</dt><dd>$merchant_name</dd>
<dt>$card</dt><dd>$masked</dd>
<dt>$amount</dt><dd class="sum">$sum</dd>
</dl>
<p class="code">$sms<b>$shown_code</b></p>
<form method="post" action="$action">
<div class="field">
<label for="code">$code</label>
<input type="text" id="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="8" autofocus>
</div>
<button name="action" value="confirm">$confirm</button>
<button class="plain" name="action" value="cancel">$bank_cancel</button>
</form>
"""

RETURN = """\
<p>$intro</p>
<form method="post" action="$callback_url" id="return">
<input type="hidden" name="token" value="$token">
<button>$label</button>
</form>
"""

SUBMIT = "<script>document.getElementById('return').submit()</script>"
