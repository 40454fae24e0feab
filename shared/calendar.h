/* The Gregorian calendar by arithmetic: days since 1970-01-01 and dates, any year. Pure. */
#ifndef ORDERDECK_SHARED_CALENDAR_H
#define ORDERDECK_SHARED_CALENDAR_H

#include <stdint.h>

/* a / b rounded down; b > 0. */
static inline int64_t calendar_floor(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* The year begins in March here, so that the leap day is its last. An era is 400 years: 146097 days; 719468 days lie
 * between 0000-03-01 and 1970-01-01. */
static inline int64_t calendar_days(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = calendar_floor(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

/* Returns the year. */
static inline int64_t calendar_date(int64_t days, int *ret_month, int *ret_day)
{
    days += 719468;
    int64_t era = calendar_floor(days, 146097);
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    *ret_day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    return year_of_era + era * 400 + (*ret_month <= 2);
}

#endif
