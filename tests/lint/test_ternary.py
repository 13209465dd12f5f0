"""ternary.py finds a second `?:` in an expression, and lets those of several expressions be."""
import ternary

SOUND = """
x = a ? b : c;
f(a ? b : c, d ? e : g);
(*f)(a ? 1 : 2, b ? 1 : 2);
int a = x ? 1 : 2, b = y ? 1 : 2;
struct s t = {.a = x ? 1 : 2, .b = y ? 3 : 4};
x = (struct s){a ? b : c, d ? e : g};
return (struct s){{a ? 1 : 2, b ? 3 : 4}, c ? 1 : 2};
if (a ? b : c) x = d ? e : g;
for (i = a ? 1 : 2; i < (b ? 3 : 4); i += c ? 1 : 2) {}
r = f(b ? c : d) || (e ? g : h);
void f(int a) { x = a ? 1 : 2; y = b ? 1 : 2; }
#define M(a) ((a) ? 1 : 2)
"""
CROWDED = """
x = a ? b : c ? d : e;
return a ? 1 : b ? 2 : 3;
x = (a ? b : c) + (d ? e : g);
x = (int)(a ? b : c) + (d ? 1 : 2);
x = a ? f(b ? c : d) : e;
x = (a ? f(b ? c : d) : e);
x = a ? (struct s){b ? 1 : 2} : c;
x[a ? 1 : 2] = b ? 1 : 2;
f(a ? b : (c ? d : e));
if ((a ? b : c) == (d ? e : g)) ;
#define M(a) ((a) ? 1 : (b) ? 2 : 3)
"""
for text in SOUND.strip().split("\n"):
    if ternary.violations(text):
        print(f"is no violation: {text}")
for text in CROWDED.strip().split("\n"):
    if not ternary.violations(text):
        print(f"not found: {text}")
