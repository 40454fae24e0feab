/* The saved views in the console: shown by their number, chosen from a list, kept under a number. */
#include "tui/console.h"

#include <stdio.h>
#include <string.h>

void view_show(struct ui *ui, int number)
{
    const struct view *view = number >= 1 && number <= VIEWS ? &ui->views.rows[number - 1] : NULL;

    if (!view || !*view->name) {
        ui_say(ui, MESSAGE_WARN, "there is no view %d; :view save %d NAME makes it", number, number);
        return;
    }
    ui_show(ui, &screen_board);
    ui->focus = PANE_LIST;
    ui_filter(ui, view->filter);
    ui_sort(ui, view->sort);
    ui->view = number;
}

const struct view *view_present(const struct ui *ui)
{
    const struct view *view = ui->view ? &ui->views.rows[ui->view - 1] : NULL;

    return view && *view->name && strcmp(view->filter, ui->list.filter) == 0 &&
                   strcmp(view->sort, ui->list.sort) == 0
               ? view
               : NULL;
}

static void chosen(struct ui *ui, const char *word)
{
    (void)word;
    view_show(ui, (int)ui->menu.at + 1);
}

void view_menu(struct ui *ui)
{
    static struct menu_item items[VIEWS]; /* the menu keeps them; there is one console */
    static char labels[VIEWS][sizeof(ui->views.rows[0].name) + 4];
    const struct view *present = view_present(ui);

    for (int i = 0; i < VIEWS; i++) {
        const struct view *view = &ui->views.rows[i];

        snprintf(labels[i], sizeof(labels[i]), "%d  %s", i + 1,
                 *view->name ? view->name : glyph_text(GLYPH_DASH));
        items[i] = (struct menu_item){*view->filter ? view->filter : sort_label(view->sort), labels[i]};
    }
    ui_show(ui, &screen_board);
    over_menu_open(ui, "Views", items, VIEWS, "", chosen);
    if (present) /* by its number: views may have the same filter */
        ui->menu.at = (size_t)(present - ui->views.rows);
}

void view_save(struct ui *ui, int number, const char *name)
{
    struct view view = {0};
    struct err err;

    snprintf(view.name, sizeof(view.name), "%s", name);
    snprintf(view.sort, sizeof(view.sort), "%s", ui->list.sort);
    snprintf(view.filter, sizeof(view.filter), "%.*s", VIEW_FILTER, ui->list.filter);
    if (!views_save(&ui->views, number, &view, &err)) {
        ui_say(ui, MESSAGE_BAD, "view %d was not saved: %s", number, err.message);
        return;
    }
    ui->view = number;
    ui_say(ui, MESSAGE_OK, "view %d is '%s' now: the orders, %s, %s", number, name,
           *view.filter ? view.filter : "no filter", sort_label(view.sort));
}
